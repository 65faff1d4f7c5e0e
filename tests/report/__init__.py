"""What the suite is run over and what comes of it, as figures and as a page: `nox -s report`."""
