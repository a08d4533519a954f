// Three slits 20 nm high and 200 nm long that meet, each with a reservoir of its own. Coordinates in nm, the whole device.
h = 10;      // half the height of a slit
l = 210;     // from the middle of the junction to a mouth
d = 100;     // depth of a reservoir
r = 100;     // half its width
wall = 3.5;  // cells in the slits
far = 20;    // and at the outer boundary of the reservoirs

// around the device, counter-clockwise from the lower left mouth
Point(1) = {-l, -h, 0, wall};      Point(2) = {l, -h, 0, wall};
Point(3) = {l, -r, 0, far};        Point(4) = {l + d, -r, 0, far};
Point(5) = {l + d, r, 0, far};     Point(6) = {l, r, 0, far};
Point(7) = {l, h, 0, wall};        Point(8) = {h, h, 0, wall};
Point(9) = {h, l, 0, wall};        Point(10) = {r, l, 0, far};
Point(11) = {r, l + d, 0, far};    Point(12) = {-r, l + d, 0, far};
Point(13) = {-r, l, 0, far};       Point(14) = {-h, l, 0, wall};
Point(15) = {-h, h, 0, wall};      Point(16) = {-l, h, 0, wall};
Point(17) = {-l, r, 0, far};       Point(18) = {-l - d, r, 0, far};
Point(19) = {-l - d, -r, 0, far};  Point(20) = {-l, -r, 0, far};
For i In {1:20}
  Line(i) = {i, i % 20 + 1};
EndFor
Curve Loop(1) = {1:20};
Plane Surface(1) = {1};

Physical Curve("left reservoir") = {17, 18, 19};
Physical Curve("right reservoir") = {3, 4, 5};
Physical Curve("top reservoir") = {10, 11, 12};
Physical Curve("lower wall") = {1};
Physical Curve("upper walls") = {7, 15};
Physical Curve("stem") = {8, 14};
Physical Surface("liquid") = {1};
