"""What goes out for approval: lists, folder, dossier, GIS and CAD files, written to the same bytes."""
