"""Still pictures: sheets, charts, site pictures, and the fonts and symbols they share with the map."""
