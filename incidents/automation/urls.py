from django.urls import path

from incidents.automation import views

app_name = "automation"
urlpatterns = [
    path("<slug:source>/", views.receive, name="receive"),
    path("<slug:source>/<str:token>/", views.receive, name="receive_with_token"),
]
