from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("incidents.api.urls")),
    path("", include("incidents.public.urls")),
]

handler400 = "statussite.errors.bad_request"
handler403 = "statussite.errors.permission_denied"
handler404 = "statussite.errors.page_not_found"
handler500 = "statussite.errors.server_error"
