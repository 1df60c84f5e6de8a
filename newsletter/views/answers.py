"""How our POSTs answer."""

from django.http import HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """303: the browser GETs what comes next, and reloading it sends nothing twice."""

    status_code = 303
