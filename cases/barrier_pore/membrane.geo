// A membrane 4 nm thick between two halves of a bath, around the axis y = 0. Coordinates in nm.
d = 2;        // half the thickness of the membrane
a = 0.5;      // radius of the mouths of the pore
b = 14;       // length and radius of the bath
mouth = 0.2;  // cells at the mouths, at the rest of the membrane, and far away
face = 1.2;
far = 4;

Point(1) = {-b, 0, 0, far};    Point(2) = {-d, 0, 0, mouth};  Point(3) = {-d, a, 0, mouth};
Point(4) = {-d, b, 0, face};   Point(5) = {-b, b, 0, far};    Point(6) = {d, 0, 0, mouth};
Point(7) = {d, a, 0, mouth};   Point(8) = {d, b, 0, face};    Point(9) = {b, b, 0, far};
Point(10) = {b, 0, 0, far};    Point(11) = {0, 0, 0, 1};      Point(12) = {0, b, 0, 3};

Line(1) = {1, 2};   Line(2) = {2, 3};   Line(3) = {3, 4};   Line(4) = {4, 5};    Line(5) = {5, 1};
Line(6) = {2, 11};  Line(7) = {11, 6};  Line(8) = {6, 7};   Line(9) = {7, 8};    Line(10) = {8, 12};
Line(11) = {12, 4}; Line(12) = {6, 10}; Line(13) = {10, 9}; Line(14) = {9, 8};

Curve Loop(1) = {1, 2, 3, 4, 5};                  Plane Surface(1) = {1};
Curve Loop(2) = {6, 7, 8, 9, 10, 11, -3, -2};     Plane Surface(2) = {2};
Curve Loop(3) = {12, 13, 14, -9, -8};             Plane Surface(3) = {3};
Mesh.MeshSizeExtendFromBoundary = 1;

Physical Surface("inner liquid") = {1};
Physical Surface("membrane") = {2};
Physical Surface("outer liquid") = {3};
Physical Curve("inside") = {5};
Physical Curve("outside") = {13};
Physical Curve("inner mouth") = {2};
Physical Curve("outer mouth") = {8};
