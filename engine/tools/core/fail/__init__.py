"""fail: raises a chosen kind of error a chosen number of times."""
