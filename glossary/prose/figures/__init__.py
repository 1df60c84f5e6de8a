"""Figures in prose: from `{{ series | selector | format }}` to the text that readers see."""
