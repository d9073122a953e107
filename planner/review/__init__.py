"""What people look at and send back: maps, figures, workbooks, geofiles, decisions."""
