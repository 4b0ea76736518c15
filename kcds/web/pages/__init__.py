"""The pages over HTTP: routes, headers, errors. What stands on them is made in `kcds.pages`."""
