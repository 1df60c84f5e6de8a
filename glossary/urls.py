from django.urls import path

from glossary import views

app_name = "glossary"
urlpatterns = [
    path("", views.home, name="home"),
    path("glossary/", views.index, name="index"),
    path("glossary/<slug:slug>/", views.term, name="term"),
]
