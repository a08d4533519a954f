// Half of a pore that bends by a right angle, between two half balls of electrolyte; in nm, the plane of the bend is y = 0.
// The cells get second order: those at the wall are curved. A file that sets h before it includes this one has other cells.
SetFactory("OpenCASCADE");
If (!Exists(h))
  h = 1.3; // of the cells at the wall
EndIf
r = 5; bend = 20; ball = 15; e = 1e-3; far = 100;

Point(1) = {0, 0, 0}; Point(2) = {r, 0, 0}; Point(3) = {0, r, 0}; Point(4) = {-r, 0, 0};
Circle(1) = {2, 1, 3}; Circle(2) = {3, 1, 4}; Line(3) = {4, 2};
Curve Loop(1) = {1, 2, 3}; Plane Surface(1) = {1};
pore() = Extrude{ {0, 1, 0}, {bend, 0, 0}, Pi/2 }{ Surface{1}; };
Sphere(11) = {0, 0, 0, ball, -Pi/2, 0, Pi};
Sphere(12) = {0, 0, 0, ball, -Pi/2, 0, Pi};
Rotate{ {0, 1, 0}, {0, 0, 0}, -Pi/2 }{ Volume{12}; }
Translate{bend, 0, bend}{ Volume{12}; }
whole() = BooleanUnion{ Volume{pore(1)}; Delete; }{ Volume{11, 12}; Delete; };

plane() = Surface In BoundingBox{-far, -e, -far, far, e, far};
faces() = Surface In BoundingBox{-far, -far, -e, far, far, e};
faces() += Surface In BoundingBox{bend - e, -far, -far, bend + e, far, far};
left() = Surface In BoundingBox{-far, -far, -far, far, far, e}; left() -= plane(); left() -= faces();
right() = Surface In BoundingBox{bend - e, -far, -far, far, far, far}; right() -= plane(); right() -= faces();
wall() = Surface{:}; wall() -= plane(); wall() -= faces(); wall() -= left(); wall() -= right();

Physical Volume("electrolyte") = whole();
Physical Surface("lower ball") = left();
Physical Surface("upper ball") = right();
Physical Surface("wall") = wall();
Physical Surface("plane of the bend") = plane();
Physical Surface("faces") = faces();

Field[1] = Distance; Field[1].SurfacesList = {wall()}; Field[1].Sampling = 30;
Field[2] = MathEval; Field[2].F = Sprintf("%g + 0.4 * F1", h);
Background Field = 2;
Mesh.MeshSizeExtendFromBoundary = 0; Mesh.MeshSizeFromPoints = 0; Mesh.MeshSizeFromCurvature = 0;
Mesh.ElementOrder = 2; Mesh.HighOrderOptimize = 2;
