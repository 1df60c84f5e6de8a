"""Charts: from points to an SVG or a PNG. Geometry is pure; markup lives in templates."""
