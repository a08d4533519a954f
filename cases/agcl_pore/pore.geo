// A pore of radius 5 nm through a membrane of 100 nm, between two chambers whose ends are electrodes. Coordinates in nm, the
// half plane r >= 0; the axis of the pore is the x axis.
a = 5;       // radius of the pore
l = 50;      // half the thickness of the membrane
d = 80;      // depth of a chamber
b = 40;      // its radius
wall = 0.5;  // cells at the wall of the pore and at the electrodes
far = 6;     // and elsewhere

Point(1) = {-l - d, 0, 0, far};  Point(2) = {l + d, 0, 0, far};
Point(3) = {l + d, b, 0, far};   Point(4) = {l, b, 0, far};
Point(5) = {l, a, 0, wall};      Point(6) = {-l, a, 0, wall};
Point(7) = {-l, b, 0, far};      Point(8) = {-l - d, b, 0, far};
For i In {1:8}
  Line(i) = {i, i % 8 + 1};
EndFor
Curve Loop(1) = {1:8};
Plane Surface(1) = {1};

Field[1] = Distance;
Field[1].CurvesList = {2, 5, 8};
Field[1].Sampling = 400;
Field[2] = Threshold;
Field[2].InField = 1;
Field[2].SizeMin = wall;
Field[2].SizeMax = far;
Field[2].DistMin = 1.5;
Field[2].DistMax = 30;
Background Field = 2;
Mesh.MeshSizeExtendFromBoundary = 0;

Physical Curve("axis") = {1};
Physical Curve("right electrode") = {2};
Physical Curve("right bath") = {3};
Physical Curve("membrane") = {4, 6};
Physical Curve("pore") = {5};
Physical Curve("left bath") = {7};
Physical Curve("left electrode") = {8};
Physical Surface("liquid") = {1};
