"use strict";
// Paints fields on triangles into the rectangle that is shown, again after every zoom; Plotly draws axes and colour bar.
(function () {
  const data = JSON.parse(document.getElementById("view-data").textContent);
  const holder = document.getElementById("view");
  const fieldChoice = document.getElementById("view-field");
  const pointChoice = document.getElementById("view-point");
  const own = document.getElementById("view-own");
  const stretchButton = document.getElementById("view-stretch");
  const NOTHING = 65535, STEPS = 65534, COLUMNS = 600;

  function bytes(text) {
    const raw = atob(text), found = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
    return found.buffer;
  }
  const meshes = data.meshes.map((mesh) => ({
    points: new Float32Array(bytes(mesh.points)),
    triangles: new Uint32Array(bytes(mesh.triangles)),
    edges: new Uint32Array(bytes(mesh.edges)),
  }));
  const values = data.fields.map((field) => field.values.map((text) => new Uint16Array(bytes(text))));
  let window_ = 0, stretched = true;
  const stretch = () => stretched ? data.windows[window_].stretch : 1;

  // Values of the field at the middles of the cells of a grid over the box (m): places on the colour scale, null where there
  // are none; and 1 where the device is, but not the field, as concentrations in solids.
  function painted(field, point, box, nx, ny) {
    const mesh = meshes[data.points[point].mesh], steps = values[field][point], about = data.fields[field];
    const dx = (box[1] - box[0]) / nx, dy = (box[3] - box[2]) / ny;
    const empty = () => Array.from({ length: ny }, () => new Array(nx).fill(null));
    const grid = empty(), solid = empty();
    const sides = data.mirrored ? [1, -1] : [1];
    const p = mesh.points, t = mesh.triangles;
    for (let k = 0; k < t.length; k += 3) {
      const a = t[k], b = t[k + 1], c = t[k + 2];
      const nothing = steps[a] === NOTHING || steps[b] === NOTHING || steps[c] === NOTHING;
      const xa = (p[2 * a] - box[0]) / dx - 0.5, xb = (p[2 * b] - box[0]) / dx - 0.5, xc = (p[2 * c] - box[0]) / dx - 0.5;
      const first = Math.max(0, Math.ceil(Math.min(xa, xb, xc) - 1e-6)), last = Math.min(nx - 1, Math.floor(Math.max(xa, xb, xc) + 1e-6));
      if (first > last) continue;
      for (const side of sides) {
        const ya = (side * p[2 * a + 1] - box[2]) / dy - 0.5, yb = (side * p[2 * b + 1] - box[2]) / dy - 0.5;
        const yc = (side * p[2 * c + 1] - box[2]) / dy - 0.5;
        const low = Math.max(0, Math.ceil(Math.min(ya, yb, yc) - 1e-6)), high = Math.min(ny - 1, Math.floor(Math.max(ya, yb, yc) + 1e-6));
        const area = (xb - xa) * (yc - ya) - (xc - xa) * (yb - ya);
        if (low > high || area === 0) continue;
        for (let j = low; j <= high; j++) {
          for (let i = first; i <= last; i++) {
            const u = ((xb - i) * (yc - j) - (xc - i) * (yb - j)) / area;
            const v = ((xc - i) * (ya - j) - (xa - i) * (yc - j)) / area;
            const w = 1 - u - v;
            if (u < -1e-4 || v < -1e-4 || w < -1e-4) continue;
            if (nothing) solid[j][i] = 1;
            else grid[j][i] = about.low + about.span * (u * steps[a] + v * steps[b] + w * steps[c]) / STEPS;
          }
        }
      }
    }
    return { grid: grid, solid: solid };
  }

  function back(field, place) {
    if (place === null) return null;
    if (field.kind === "log") return Math.pow(10, place);
    if (field.kind === "symlog") return Math.sign(place) * field.threshold * (Math.pow(10, Math.abs(place)) - 1);
    return place;
  }

  function borders(point) {
    const mesh = meshes[data.points[point].mesh], x = [], y = [];
    const axis = 1e-6 * Math.max(...data.windows.map((each) => Math.abs(each.box[3])));
    for (const side of data.mirrored ? [1, -1] : [1]) {
      for (let k = 0; k < mesh.edges.length; k += 2) {
        const a = mesh.edges[k], b = mesh.edges[k + 1];
        // the axis of a mirrored device is no border
        if (data.mirrored && Math.abs(mesh.points[2 * a + 1]) + Math.abs(mesh.points[2 * b + 1]) < axis) continue;
        x.push(mesh.points[2 * a] * data.x.factor, mesh.points[2 * b] * data.x.factor, null);
        y.push(side * mesh.points[2 * a + 1] * data.y.factor, side * mesh.points[2 * b + 1] * data.y.factor, null);
      }
    }
    return { x: x, y: y };
  }

  function limits() {
    const full = holder._fullLayout;
    const x = full.xaxis.range.map((v) => v / data.x.factor), y = full.yaxis.range.map((v) => v / data.y.factor);
    return [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
  }

  function repaint() {
    const f = Number(fieldChoice.value), p = Number(pointChoice.value), field = data.fields[f];
    const box = limits(), full = holder._fullLayout;
    const nx = COLUMNS, ny = Math.max(40, Math.min(600, Math.round(nx * full.yaxis._length / full.xaxis._length)));
    const found = painted(f, p, box, nx, ny), grid = found.grid;
    const dx = (box[1] - box[0]) / nx, dy = (box[3] - box[2]) / ny;
    const bar = {
      title: { text: field.unit ? field.name + " [" + field.unit + "]" : field.name, side: "right" },
      thickness: 14, outlinewidth: 0.5, exponentformat: "power", ypad: 0,
      len: full.yaxis.domain[1] - full.yaxis.domain[0], y: (full.yaxis.domain[0] + full.yaxis.domain[1]) / 2,
    };
    if (field.ticks) Object.assign(bar, { tickmode: "array", tickvals: field.ticks[0], ticktext: field.ticks[1] });
    const lines = borders(p);
    document.getElementById("view-caption").textContent = field.name + " at " + data.points[p].label + (stretch() !== 1 ? ", stretched across × " + stretch() : "");
    let range = field.range;
    if (own.checked) {
      let low = Infinity, high = -Infinity;
      for (const row of grid) for (const place of row) if (place !== null) { low = Math.min(low, place); high = Math.max(high, place); }
      if (low < high) range = [low, high];
    }
    const places = {
      x0: (box[0] + dx / 2) * data.x.factor, dx: dx * data.x.factor,
      y0: (box[2] + dy / 2) * data.y.factor, dy: dy * data.y.factor,
    };
    holder.data[2] = Object.assign({}, holder.data[2], places, { z: found.solid });
    holder.data[0] = Object.assign({}, holder.data[0], places, {
      z: grid,
      customdata: grid.map((row) => row.map((place) => back(field, place))),
      zmin: range[0], zmax: range[1], colorscale: field.colours, colorbar: bar,
      hovertemplate: "z %{x:.4g}, " + data.y.label[0] + " %{y:.4g}<br>" + field.name + " %{customdata:.4g} " + field.unit + "<extra></extra>",
    });
    holder.data[1] = Object.assign({}, holder.data[1], lines);
    return Plotly.redraw(holder);
  }

  function shape() {
    return stretch() * data.x.factor / data.y.factor;
  }

  function mark() {
    document.querySelectorAll(".view-window").forEach((button, i) => button.classList.toggle("on", i === window_));
    if (!stretchButton) return;
    const factor = data.windows[window_].stretch;
    stretchButton.textContent = factor === 1 ? "true proportions" : "stretched across × " + factor;
    stretchButton.disabled = factor === 1;
    stretchButton.classList.toggle("on", stretch() !== 1);
  }

  function show(number) {
    window_ = number;
    const box = data.windows[number].box;
    mark();
    return Plotly.relayout(holder, {
      "xaxis.range": [box[0] * data.x.factor, box[1] * data.x.factor],
      "yaxis.range": [box[2] * data.y.factor, box[3] * data.y.factor],
      "yaxis.scaleratio": shape(),
    });
  }

  const first = data.windows[0].box;
  const axis = { showgrid: false, zeroline: false, ticks: "outside", linecolor: "#5b6675", linewidth: 1, mirror: true };
  const layout = {
    margin: { l: 62, r: 10, t: 12, b: 48 }, showlegend: false, plot_bgcolor: "#fff", hovermode: "closest", dragmode: "zoom",
    font: { family: "Segoe UI, Helvetica Neue, Arial, Noto Sans, DejaVu Sans, sans-serif", size: 13, color: "#1d2530" },
    xaxis: Object.assign({ title: { text: data.x.label }, range: [first[0] * data.x.factor, first[1] * data.x.factor], constrain: "domain" }, axis),
    yaxis: Object.assign({
      title: { text: data.y.label }, range: [first[2] * data.y.factor, first[3] * data.y.factor],
      scaleanchor: "x", scaleratio: shape(), constrain: "domain",
    }, axis),
  };
  const traces = [
    { type: "heatmap", z: [[null]], zsmooth: false, hoverongaps: false, zauto: false, zmin: 0, zmax: 1 },
    { type: "scatter", mode: "lines", x: [], y: [], line: { color: "#333", width: 1 }, hoverinfo: "skip" },
    { type: "heatmap", z: [[null]], zmin: 0, zmax: 1, colorscale: [[0, "#d9dde1"], [1, "#d9dde1"]], showscale: false, hoverinfo: "skip" },
  ];
  const options = { responsive: true, displaylogo: false, scrollZoom: true, modeBarButtons: [["toImage", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d"]] };
  let busy = false, waiting = null;
  Plotly.newPlot(holder, traces, layout, options).then(function () {
    holder.on("plotly_relayout", function () {
      clearTimeout(waiting);
      waiting = setTimeout(function () {
        if (busy) return;
        busy = true;
        repaint().then(function () { busy = false; });
      }, 60);
    });
    holder.on("plotly_doubleclick", function () { show(window_); return false; });
    for (const choice of [fieldChoice, pointChoice, own]) choice.addEventListener("change", repaint);
    document.querySelectorAll(".view-window").forEach(function (button, i) {
      button.addEventListener("click", function () { show(i); });
    });
    if (stretchButton) stretchButton.addEventListener("click", function () { stretched = !stretched; show(window_); });
    mark();
    repaint();
  });
})();
