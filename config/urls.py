from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from config import password_reset, views
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
    path("livez", views.livez, name="livez"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("admin/forgotten/", password_reset.ask_for_link, name="admin_password_reset"),
    re_path(
        r"^admin/forgotten/(sent|done)/$",
        password_reset.show_notice,
        name="admin_password_reset_notice",
    ),
    # One part of the path, which config.logs cuts out.
    path(
        "admin/new-password/<str:uidb64>.<str:token>/",
        password_reset.set_password,
        name="admin_password_reset_confirm",
    ),
    path("admin/", admin.site.urls),
]

if settings.DEBUG:
    urlpatterns += [
        path("dev/mail/", mailbox.inbox, name="dev_mail"),
        path("dev/mail/<str:name>/", mailbox.message, name="dev_mail_message"),
        path("dev/mail/<str:name>/html/", mailbox.html, name="dev_mail_html"),
    ]
