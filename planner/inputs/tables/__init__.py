"""Tables as offices keep them: encodings, delimiters, workbooks, headings, rows and values."""
