# docker build -t nanochannel .
# docker run --rm --user "$(id -u):$(id -g)" -v "$PWD/cases:/cases" nanochannel run /cases/conical_rectifier
#
# Relative paths refer to /cases: the result of the line above is in cases/results/conical_rectifier on the host.
# Without a mount, /cases holds the shipped cases.
FROM docker.io/library/debian:trixie-slim

COPY packages.txt /tmp/packages.txt
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      $(sed -e 's/#.*//' /tmp/packages.txt) >/dev/null \
 && rm -rf /var/lib/apt/lists/*

# The libraries first: this layer stays when only the program changes.
COPY pyproject.toml /tmp/pyproject.toml
RUN python3 -m venv --system-site-packages /opt/nanochannel \
 && python3 -c 'import tomllib; print(*tomllib.load(open("/tmp/pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' \
      > /tmp/requirements.txt \
 && /opt/nanochannel/bin/pip install -q --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt

COPY . /tmp/nanochannel
RUN /opt/nanochannel/bin/pip install -q --no-cache-dir --disable-pip-version-check /tmp/nanochannel \
 && cp -r /tmp/nanochannel/cases /cases \
 && rm -rf /tmp/nanochannel

# MPI is the parallelism; Open MPI starts for any user, root included.
ENV OMP_NUM_THREADS=1 \
    OMPI_ALLOW_RUN_AS_ROOT=1 \
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
    PATH=/usr/local/sbin:/usr/local/bin:/opt/nanochannel/bin:/usr/sbin:/usr/bin:/sbin:/bin

# The command, with a cache (compiled forms, fonts) that any user can write: the image's own, or where that is read-only
# (Apptainer) a copy of it in the temporary folder.
RUN printf '%s\n' '#!/bin/sh' \
      'cache=/var/cache/nanochannel' \
      'if [ ! -w "$cache" ]; then' \
      '  own=${TMPDIR:-/tmp}/nanochannel-cache-$(id -u)' \
      '  if [ ! -d "$own" ]; then cp -r "$cache" "$own.$$" && mv -T "$own.$$" "$own" 2>/dev/null || rm -rf "$own.$$"; fi' \
      '  cache=$own' \
      'fi' \
      'export XDG_CACHE_HOME="$cache" MPLCONFIGDIR="$cache/matplotlib"' \
      'exec /opt/nanochannel/bin/nanochannel "$@"' > /usr/local/bin/nanochannel \
 && chmod 755 /usr/local/bin/nanochannel

# Fill that cache: runs of each symmetry compile the forms, with and without flow, steady and in time.
RUN mkdir -p /var/cache/nanochannel \
 && for device in conical_rectifier slit_electroosmosis; do for flow in stokes none; do \
    for study in '{type: steady}' '{type: transient, protocol: [{type: hold, duration: 1 ns}]}'; do \
      nanochannel run /cases/$device --set "study=$study" --set mesh.tolerance=null --set solver.flow=$flow --out /tmp/warm --force --pictures >/dev/null \
      || exit 1; done; done; done \
 && rm -rf /tmp/warm \
 && chmod -R a+rwX /var/cache/nanochannel /cases

WORKDIR /cases
ENTRYPOINT ["nanochannel"]
CMD ["--help"]
