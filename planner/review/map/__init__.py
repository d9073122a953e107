"""The map: one page that opens anywhere and answers the review meeting's questions."""
