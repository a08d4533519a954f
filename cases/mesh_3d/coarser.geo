// The same device with longer cells, for the error bars.
h = 2;
Include "bent.geo";
