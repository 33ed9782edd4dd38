"""Rows of SciPy, which is optional: each module is imported when somebody looks for a function in vain
and the package that it is for has been imported (see ``table.lookup``)."""
