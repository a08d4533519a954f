"""Texts of the sections of docs/cases.md by class; a class without one has its docstring."""

from __future__ import annotations

# Headings that are not the path of the keys.
HEADINGS = {
    "Arm": "an arm of a junction",
    "Segment": "a segment of a stack",
    "SlitSegment": "a segment of a slit stack",
    "Particle": "`geometry.particle`, round channels",
    "Span": "`geometry.channel` of a file",
    "Box": "a box of a file's edges",
    "Reservoir": "`geometry.reservoirs`, round channels",
    "PlanarReservoir": "`geometry.reservoirs`, slits",
    "BoxReservoir": "`geometry.reservoirs`, slits and junctions in three dimensions",
    "CellReservoir": "`geometry.reservoirs`, arrays of pores",
    "PiecewiseCharge": "`surface_charge`: piecewise",
    "ExpressionCharge": "`surface_charge`: expression",
    "PiecewiseFixedCharge": "`fixed_charge`: piecewise",
    "FormulaFixedCharge": "`fixed_charge`: expression",
    "Range": "`range`",
    "Site": "`walls.<name>.groups`: a type of sites",
    "BoundState": "`binds`: a bound state",
}

TEXTS = {
    "Bikerman": """\
Ions of one size on a lattice, in closed form (Bikerman 1942; Kilic, Bazant and Ajdari 2007): each excludes the others from
a cube of its diameter, so that no layer holds more than 1/(N_A a^3) of them. The simplest model of packed layers at highly
charged walls. `check` names the largest concentrations, and refuses solutions and charges for which there is no room.""",
    "LatticeGas": """\
Ions of different sizes on a lattice of solvent molecules (Lu and Zhou 2011): large ions leave packed layers to small ones.
Every species needs its size. For ions of up to 30 times the volume of a molecule of the solvent; beyond that a run refuses
states in which the model's own equation is not solved.""",
    "CarnahanStarling": """\
Ions as hard spheres of one diameter (Carnahan and Starling 1969). More accurate than a lattice for spheres: the excess at
small concentrations is four times as large as that of spheres which fill the same volume on one. Reservoirs are fluids, which
fill at most 0.494 of the volume; layers may be denser, as a fluid that does not freeze.""",
    "Bmcsl": """\
Ions as hard spheres of different diameters (Boublik; Mansoori, Carnahan, Starling and Leland), up to three times as large as
others. Every species needs its size. It takes longest to compile, half a minute and more with flow; with equal diameters it
is `carnahan_starling`.""",
    "Cone": "Truncated cone between two reservoirs. Terminals `base` (z = 0) and `tip`.",
    "Cylinder": "Straight pore. Terminals `left` (z = 0) and `right`.",
    "Slit": """
Channel between two parallel plates. Terminals `left` (z = 0) and `right`. Computed above its mid-plane. With `dimension: 3`
it lies between two side walls, the wall `side_wall`: `walls: {channel: {surface_charge: -10 mC/m^2}, side_wall:
{surface_charge: -10 mC/m^2}}`.""",
    "Hourglass": """
Pore with a waist in the middle: R(s) = R_waist + (R_ends - R_waist) |2 s - 1|^exponent, s = z / length.
Terminals `left` (z = 0) and `right`.""",
    "Bullet": """
Pore with a bullet-shaped tip, as track etching with surfactants makes them. With x the distance from the tip
and n the exponent, R = (R_base - R_tip exp(-n) - (R_base - R_tip) exp(-n x / L)) / (1 - exp(-n)) (Ramirez,
Apel, Cervera, Mafe, Nanotechnology 19, 315707 (2008)). Terminals `base` (z = 0) and `tip`.""",
    "Profile": """
Pore whose radius is given at positions along its axis: proteins, cavities, pores from micrographs. Terminals `left` (z = 0)
and `right`. The mesh is graded where straight walls meet at an angle; curves of many points are better
`interpolation: smooth`.""",
    "SlitProfile": """
Channel between two plates whose distance varies along it, given as half of it. Terminals `left` (z = 0) and `right`. Computed
above its mid-plane.""",
    "Stack": """
Round segments one after the other, from the terminal `left` (z = 0) to the terminal `right`: cigars, double cones, layered
membranes, microchannels with a pore or a plug between them. There are no reservoirs: the first and the last segment are the
microchannels, whose ends hold the equilibrium of the solution outside, the Poisson-Boltzmann profile of a charged wall or the
Donnan potential of a membrane. Each segment is a wall of its own, by its name: `walls: {pore: {surface_charge: -20
mC/m^2}}`, the same all along it; where one segment is wider than the next, the face between them belongs to its wall. A
region that has the name of a segment fills it: `regions: {plug: {type: membrane, fixed_charge: -1 M}}`, without `from` and
`to`; the others hold free electrolyte. A solid may lie around all of them, `regions: {glass: {type: dielectric,
relative_permittivity: 3.9, thickness: 20 nm}}`, with a gate on its outer side. The mesh is
graded on both sides of steps, kinks, jumps of charge, and interfaces of materials.""",
    "SlitStack": """
The same between plates, computed above its mid-plane. All segments have the same mid-plane.""",
    "Segment": "A cylinder, or a truncated cone. The axis runs through all segments.",
    "SlitSegment": "A slit, or a wedge.",
    "Cell": """
The liquid between two parallel plates, with no openings. Its walls are the plates `left` (z = 0) and `right` (z
= length), and `side`. Something has to be an electrode, `electrolyte.concentration` says what the cell is
filled with, and there is no flow (`solver: {flow: none}`).""",
    "Junction": """
Slits that meet at right angles, in a T or a cross. The mid-planes of the arms `left` and `right` lie on one line, those of
`top` and `bottom` on another, and they cross in (0, 0). The terminals are the ends of the arms, have their names, and hold
the equilibrium (Poisson-Boltzmann) profile of a reservoir outside. Arms may have walls of their own, as of a bipolar
transistor: `arms: {left: {length: 200 nm, height: 20 nm, wall: emitter}, right: {length: 200 nm, height: 20 nm, wall:
collector}, top: {length: 200 nm, height: 10 nm}}` with `walls: {emitter: {surface_charge: 5 mC/m^2}, ...}`. The charge of a
wall is the same all along it; where walls of different charge meet the cells are short. A solid may lie on all walls, with
a gate on the whole of its outer side.""",
    "Arm": "One arm of a junction; its walls are straight.",
    "File": """
A device of your own in the plane, or in the half plane of a body of revolution. The file is a mesh (`.msh` of Gmsh, or
any that meshio reads; triangles, quadrilaterals or both, of which the corners are kept), a Gmsh script (`.geo`, built
with the sizes that it sets), or a drawing of faces (`.step`, `.brep`, `.iges`), which gets a mesh by `wall_size`,
`corner_size` and `growth` of the key `mesh`, or by its `tolerance`. `nanochannel mesh` writes the mesh that is computed
on, of drawings too, and makes mesh files of the geometries above.

A part of the file is its name or its number, or a list of these, or a box `{low: [x, y], high: [x, y]}` that stands for
all boundary edges inside it, in coordinates of the file. Names and numbers are those of the physical groups; in a file
without groups, as drawings are (the labels of STEP reach faces, not their edges), they are the numbers of its curves and
surfaces in Gmsh. Every boundary edge has to have a name: `nanochannel check` says which have none, where they lie, and
which cells, sizes and double layers it found. In axisymmetric meshes edges at radius 0 are the axis. Without terminals
the device is closed, and needs `electrolyte.concentration`, an electrode and `solver: {flow: none}`.

Where the file has several regions, the key `regions` of the case says which of them belong to the device:
`regions: {water: fluid}`. One device hangs together by its edges; double nodes between parts have to be merged.

With `dimension: 3` the file holds tetrahedra of 4 or 10 nodes (`.msh`, what meshio reads, or a Gmsh script; no
drawings), with groups of surfaces and volumes; hexahedra and prisms are refused. All that is said of edges above then
holds for faces, and boxes have three coordinates a corner. `symmetry`, `width` and `axis` are left out;
`symmetry_planes: {x: NAME, y: NAME}` are mirrors at x = 0 and y = 0, and `copies` says how often the device contains
the mesh where that is not 2 or 4. `axial` is z unless the file says otherwise (x in those that `nanochannel mesh`
writes). Cells of 4 nodes make round walls angular, which `check` warns of: write
`Mesh.ElementOrder = 2; Mesh.HighOrderOptimize = 2;` in the script. Inverted cells are an error. Where `channel` says
from where to where a channel runs along the axis there are profiles. `mesh: {refinement: 1}` splits every cell into
eight. Error bars need a coarser mesh: that before the last refinement, or the file `coarser`; without either there are
none, and `check` and `run` say so. The regions may be `fluid`, `dielectric` and `membrane`.""",
    "Particle": """
A body on the axis of a round channel, in the pore, across a mouth or in front of it; it is held there, and no ion or liquid
passes it. Its surface is the wall `particle`: `walls: {particle: {surface_charge: -20 mC/m^2}}`. The mesh around it consists
of triangles, and is made anew at every value of a sweep of `geometry.particle.position` or of its sizes. The results have
the force on it along the axis; profiles along the axis are not there, and the sections that `check` prints are those of the
channel without it.

Without more there is no field in the body, as if its permittivity were zero. The region `particle` gives it one:
`regions: {particle: {type: dielectric, relative_permittivity: 2.6}}`; its inside is meshed then. The potential goes on
through it, and the surface charge is the step of the displacement at its surface. A solid may lie around the channel, with
a gate, as in a device without particle.""",
    "Ends": "A part of the channel between two axial positions, 0 at its first terminal.",
    "Dielectric": """
An insulating solid, such as glass or silicon nitride: div(eps grad phi) = 0, no ions, no liquid. The surface charge of the
wall between it and the liquid is the step of the displacement. In a channel that the program draws it lies around the
channel, from end to end; beyond its thickness the faces of the membrane are insulating walls. Around a stack it is a block
with one outer side for all segments, and the faces of steps are walls between it and the liquid; around a junction it is a
layer on all walls. Its ends have no field where
there are no reservoirs. Its outer side is the wall `gate`: `walls: {gate: {potential: 1 V}}`, without field when left out.
A gate may not touch the liquid of a reservoir. The region `particle` is the inside of `geometry.particle`, without keys of
place. In mesh files it is a region by its name, without keys of place.""",
    "Membrane": """
A charge-selective membrane, gel or filling; all its numbers are per volume of the whole material. In a channel that the
program draws it fills the channel from `from` to `to`, of a stack the segment of its name; several may touch, as in bipolar
membranes. Where it reaches an end
without reservoir, the terminal holds its Donnan potential against the solution outside, and the channel's wall may carry no
charge. In mesh files it is a region by its name, without keys of place.""",
    "Confinement": """
A part of a channel that is hardly wider than the ions: energies of each species beside those of the free solution, and
hindrance by the walls. Liquid flows in it unless a permeability or `solver: {flow: none}` says otherwise. It lies where
a membrane could lie, and may have a fixed charge and a permittivity as one. Example of slits of 0.9 nm, with an energy
barrier in their middle:

```yaml
regions:
  sieve:
    type: confinement
    from: 10 nm
    to: 40 nm
    hindrance: {type: slit, half_width: 0.45 nm, radii: {K: 0.331 nm, Li: 0.382 nm}}
    barrier:
      Li: 1 kT
      K: {type: expression, formula: 2 * exp(-((z - 25e-9) / 5e-9)**2)}
    viscosity_factor: 3
    diffusivity_factor: {type: expression, formula: 1 - 0.5 * (z - 10e-9) / 30e-9}
```

All energies add up. What the formulas are, and their sources: docs/theory.md, section 4. `nanochannel check` shows for each
species what follows from them. Where diffusivities vary, `electrolyte.diffusivity_convention` matters.""",
    "Renkin": "Cylinders, with the drag on the axis (Renkin 1954); up to radii as 0.95 to 1, meant up to 0.4.",
    "DechadilokDeen": "Cylinders, from computations for all positions across them (Dechadilok and Deen 2006).",
    "SlitHindrance": "The space between parallel walls (Dechadilok and Deen 2006).",
    "WaterGlycerol": """
Water and glycerol, which is a neutral species of that name and needs no entry under `species`. Each terminal gives its
mass fraction: `terminals: {right: {solvent_fraction: 30 %}}`; those that give none have 0.01 %, or `fraction`.
Viscosity after Cheng (2008), permittivity after Akerlof (1932; the table was transcribed without the original at hand),
diffusivities by Walden's rule; own formulas of the mass fraction w replace them.""",
    "WaterFormamide": """
Water and formamide, likewise: an ideal mixture, viscosity exponential in the mole fraction, permittivity linear in the
volume (numbers of the pure liquids transcribed without the original at hand), diffusivities by Walden's rule; own formulas
of the mass fraction w replace them.""",
    "Reservoir": """
A cylinder in front of a mouth. `reservoirs` is one such mapping for both sides, a mapping from the terminal's
name to one, or `null`: then the channel's ends are the terminals themselves and hold the equilibrium
(Poisson-Boltzmann) profile of a reservoir outside. The currents of a pore depend on the size of its reservoirs: state it
with every number.""",
    "PlanarReservoir": "The same for slits: a rectangle, above the mid-plane.",
    "BoxReservoir": """
The same for slits and junctions with `dimension: 3`, and for tapered channels: a box, with its whole width and height.""",
    "CellReservoir": """
The same for arrays of pores: its cross-section is the unit cell of the lattice, and its terminal the end face.""",
    "EllipticPore": """
Pore of elliptic cross-section, in three dimensions alone; its axis may lie beside that of the reservoirs, and its semi-axes
change linearly between its ends. Terminals `left` (z = 0) and `right`. Wherever `check` speaks of a radius it is that of the
circle of the same area.""",
    "TaperedChannel": """
Channel of rectangular cross-section, in three dimensions alone; its width and height change linearly between its ends. The
plates above and below are the wall `channel`, those at both sides `side_wall`. Terminals `left` (z = 0) and `right`.""",
    "PoreArray": """
Equal round pores on a square or hexagonal lattice in a membrane without end, in three dimensions alone: what neighbours do to
each other. All numbers are those of one pore; times the pores per area they are those of the membrane. Planes of symmetry
between the pores bound the reservoirs. Terminals `left` (z = 0) and `right` are the end faces.""",
    "Species": "Names of the ion table below need no further key: `species: {K: {}, Cl: {}}`.",
    "Terminal": """
What the reservoir behind an opening holds. Give `concentration` or `concentrations` or neither, never both.
Concentrations must add up to no charge, and none may be zero. With a `flow_rate` (into the device, of planar ones over their
whole width) the pressure follows and is the column `pressure_` with the terminal's name; at least one terminal has to hold
a pressure.""",
    "Wall": """
Walls are `channel`, `membrane_face` (the faces beside both mouths) and, when a reservoir's terminal is only its
`end`, `reservoir` (its sides). The faces are also walls of their own, `membrane_` with the name of the terminal in
front: `membrane_left`, `membrane_tip`; write either those or `membrane_face`. A solid around the channel brings its outer
side, `gate`, which takes a `potential` or a `charge` alone. Uncharged unless said otherwise.
`surface_charge` is a quantity or one of the
two forms below. A wall with a `potential` is an electrode; its charge follows. No ion passes it but those of its
`reactions`; with these it may hold a `current` instead, and its potential follows. A wall with a `charge`,
such as `gate: {charge: 0}`, is a floating conductor that no ion passes: metal in the liquid, on the
outside of a solid or between both, connected to nothing, also in time. Its charge is that of the whole device: of
planar ones over their whole width and on both sides of a symmetry line. Its potential follows and is the column
`potential_` with its name. A wall with a `zeta_potential` gets the charge that this needs: at each point the liquid at the
wall has that potential against the uncharged solution with the same electrochemical potentials, at equilibrium against
the reservoir. Its charge is the column `charge_` with its name. The charge of a wall with `groups`, sites that bind ions,
follows from the liquid at each point of it. `potential`, `current`, `charge`, `zeta_potential`,
`surface_charge` and `groups` exclude each other. Species pass a wall with `fluxes`, such as `{K: 1 umol/m^2/s}`, or with a
`leak`, whatever charge it has, and water with `water`. What enters there is in the columns `current_`, `molar_rate_` and
`flow_rate_` with its name.""",
    "Site": """
Sites in equilibrium with the liquid in front of them, behind the wall's `stern` layer if it has one: `groups: silica`, or
`groups: [{site: silanol, density: 8 /nm^2, charge: -1, binds: [{H: 1, pK: 7.5}, {K: 1, pK: 0.5}]}]`. Each type of sites is
bare or in one of its bound states, with the weights 1 and 10^pK times the activities (mol/l) of the bound ions at the sites.
For names of the table below the keys have defaults; `groups` may also be the name of a surface or of a type of sites. What
is bound is a species, or H and OH of an electrolyte with a pH. In time bound ions come from the liquid and return to it.
Columns of the results are the mean charge, and in profiles.csv the charge, the potentials of liquid and sites, and the parts
of the sites in each state along the channel. `nanochannel check` prints the charge in the solution of each terminal.
Densities, pKs and the pH can be swept, and have sensitivities.""",
    "BoundState": """
Numbers of ions by species, and the pK: `{H: 1, pK: 7.5}`. It is that of letting go of all of them, from this state to the
bare site: of an acid its pKa; of a second proton the sum of both, as `{H: 2, pK: 5.6}` for 7.5 and -1.9; of an exchange such
as SiOH + K+ = SiOK + H+ with the constant 10^-7 and the pKa 7.5, `{K: 1, pK: 0.5}`.""",
    "Water": """
`water: {permeability: 1e-12 m/s/Pa, osmolarity: 300 mM}`: a wall that lets water through by the difference of pressure and
osmotic pressure to a bath outside. Ions stay behind, unless `fluxes` or a `leak` let them pass. Not on walls with slip.""",
    "Leak": """
`leak: {concentrations: {K: 100 mM}, potential: -60 mV, conductance: {K: 10 S/m^2}}` is a wall with potassium channels in
front of a bath; `leak: {concentrations: {urea: 0 mM}, permeability: {urea: 1 um/s}}` a wall that is permeable to urea. Both
laws refer to the liquid right at the wall, inside its double layer; conductances stop at equilibrium with the bath.""",
    "Stern": """
A layer without ions between the wall and the liquid, of a capacitance C, which is given or eps_0 eps_S / thickness. At an
electrode the liquid's boundary then follows eps d_n phi = C (V - phi); on a wall with a surface charge it only adds sigma/C
to the reported potential of the wall. Sites of `groups` are behind it, at the potential phi + sigma/C.""",
    "Sites": """
`adsorption` is a list of types of sites, each with its `density` and either what it `binds` or an `exchange`. Of the
species in `binds` each binds to free sites at the rate k_on c (G_m - G) and leaves at k_off G, with c at the wall, where the
liquid begins, and G the amount of all that is bound; they compete. In an `exchange` every site is taken by one of two
species. What is bound is taken from the liquid, and its charge and that of the sites (`charge`, in elementary charges) is
that of the wall, beside its `surface_charge`. Densities are in mol/m^2 or in sites, `1 /nm^2`.
In steady states and spectra the coverage is that of the isotherm. A run in time starts there too, or from the parts that
`initial` gives: the steady state with these held. Protocols drive the rates and their quotients, sweeps also densities:
`walls.channel.adsorption.0.binds.K.k_on`.""",
    "Pore": """
Pores through a membrane that the mesh does not resolve, such as ion channels: `pores: {channel: {mouths: [inner, outer],
kinetics: {...}}}` connects two walls, which the mesh has on both sides of a solid (`type: dielectric` of a mesh file). What
passes enters the liquid evenly over each mouth, and both mouths see their own liquid: access regions, depletion and double
layers are those of the mesh. A wall is the mouth of one kind of pores, and may have a charge. Columns of the results are
`pore_voltage_`, `pore_current_` (also of each species) and `occupancy_` with the name of the pores; `nanochannel check`
prints what is in them at rest, and their times. Not in closed and electroneutral devices, and without spectra.""",
    "SingleOccupancy": """
One ion at a time, for instance an ion that passes and a blocker from one side: `{type: single_occupancy, species:
{K: {k_on: 1e8 1/(M s), k_off: 1e7 1/s}, TEA: {k_on: 1e6 1/(M s), k_off: 100 1/s, enters: first}}}`.
Entry at the first mouth grows with exp(z v x/2), exit there with exp(-z v x/2), at the second mouth with 1 - x; v is the
voltage over V_T and x the key `site`.""",
    "SiteChain": """
Several sites: `{type: site_chain, species: {K: {wells: [-4, -4], barriers: [14, 12, 14]}}}`. A hop from a well happens at
`frequency` times exp(well - barrier), with the energies in kT, and at a mouth times the activity in M. Peaks are midway
between their neighbours. All states together may be 16.""",
    "PiecewiseCharge": """
Constant between breaks, for bipolar and patterned walls: values[i] up to breaks[i], the last value beyond. On the
faces of the membrane the breaks are distances from the axis, so that
`membrane_left: {surface_charge: {type: piecewise, breaks: [50 nm], values: [-80 mC/m^2, 0]}}` charges a ring from the
mouth to 50 nm.""",
    "ExpressionCharge": """
A formula of s, the fraction of the wall's arc length from the first mouth (on a face of the membrane, from its mouth),
and of r, the distance from the axis or mid-plane in metres: `+ - * / **`, parentheses, numbers, `s`, `r`,
`pi`, `sin cos tan exp log sqrt tanh abs min max`, and `where(condition, then, otherwise)` with comparisons
inside.""",
    "MeshControl": """
Cell sizes are lengths or multiples of the Debye length. `debye_length` means the thinnest double layer of the
case: the Debye length, or the Gouy-Chapman length where a high charge makes that shorter. Every result states
the error that its mesh leaves; with `tolerance` the program makes a mesh that meets one, and ignores
`wall_size`, `corner_size`, `growth`, `axial_cells` and `refinement`.""",
    "Hold": "Keeps all values.",
    "Ramp": "Linear in time, from the values before it.",
    "Step": "A jump; takes no time.",
    "Sine": """
About the values before it: value + amplitude sin(2 pi frequency t + phase). What follows starts from the values
at its end.""",
    "Triangle": """
About the values before it: from 0 to the amplitude, to its opposite, to 0, with corners at the quarters of the
period. What follows starts from the values at its end.""",
    "Pulses": """
A train of pulses from the values before it to others and back. It takes `count` periods, the rest after the
last pulse included.""",
    "Table": """
Values at times, linear between them; a repeated time is a jump. Times count from the start of the step, and the
first one is 0. Where the first value is not that before the step, it starts with a jump.""",
    "Outputs": """
Error bars are the columns `NAME_error` of observables.csv; derivatives are written to sensitivities.csv.
`docs/theory.md` says how both are computed.""",
}
