"""`make validate`: what we serve to programs, judged by programs that others wrote."""
