from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config import views
from config.development import mailbox

handler400 = "config.views.bad_request"
handler403 = "config.views.permission_denied"
handler404 = "glossary.views.not_found"
handler500 = "config.views.server_error"

urlpatterns = [
    path("", include("glossary.urls")),
    path("", include("newsletter.urls")),
    path("about/", views.about, name="about"),
    path("privacy/", views.privacy, name="privacy"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
    path("admin/", admin.site.urls),
]

if settings.DEBUG:
    urlpatterns += [
        path("dev/mail/", mailbox.inbox, name="dev_mail"),
        path("dev/mail/<str:name>/", mailbox.message, name="dev_mail_message"),
        path("dev/mail/<str:name>/html/", mailbox.html, name="dev_mail_html"),
    ]
