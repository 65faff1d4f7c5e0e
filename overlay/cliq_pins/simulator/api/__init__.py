"""The API and the accounts server: pure functions of a state, a request and the time."""
