from django.contrib import admin
from django.urls import include, path

from incidents.api import urls as api
from incidents.public import badges, feeds

# The doors do not know one another: what the public site renders for the API comes together here.
rendered = api.rendered(feed=feeds.rss, badge=badges.picture)

urlpatterns = [
    path("admin/", admin.site.urls),
    *rendered,
    path("hooks/", include("incidents.automation.urls")),
    path("", include("incidents.statuspage.urls")),  # before the API, which takes all that is left below /api
    path("", include("incidents.api.schema.urls")),
    path("", include("incidents.api.urls")),
    path("", include("incidents.public.urls")),
]

handler400 = "statussite.errors.bad_request"
handler403 = "statussite.errors.permission_denied"
handler404 = "statussite.errors.page_not_found"
handler500 = "statussite.errors.server_error"
