from django.urls import URLPattern, path, re_path

from courses.views import cards, files, five_letters, learn, lessons, looking, pages, sales

app_name = "courses"
COURSE = "courses/<slug:course>/"
LESSON = f"{COURSE}lessons/<slug:lesson>/"
urlpatterns: list[URLPattern] = [
    path("", sales.home, name="home"),
    path("courses/", sales.courses, name="list"),
    path(COURSE, sales.course, name="course"),
    path(LESSON, lessons.lesson, name="lesson"),
    path(f"{LESSON}done/", lessons.done, name="done"),
    path(f"{LESSON}check/", lessons.check, name="check"),
    path(f"{LESSON}position/", lessons.position, name="position"),
    path(f"{LESSON}materials/<slug:slug>/", cards.material, name="material"),
    path(f"{LESSON}materials/<slug:slug>/pdf/", cards.material_pdf, name="material_pdf"),
    path(f"{LESSON}materials/<slug:slug>/file/", files.material, name="material_file"),
    path(f"{LESSON}pictures/<slug:name>/<int:width>/", files.picture, name="picture"),
    path(f"{LESSON}video/", files.video, name="video"),
    path(f"{LESSON}captions/", files.captions, name="captions"),
    path(f"{COURSE}exercises/<slug:key>/", cards.card, name="card"),
    path(f"{COURSE}exercises/<slug:key>/pdf/", cards.card_pdf, name="card_pdf"),
    path("five-letters/", five_letters.five_letters, name="five_letters"),
    path("five-letters/asked/", five_letters.asked, name="five_letters_asked"),
    path("five-letters/yes/<str:token>/", five_letters.yes, name="five_letters_yes"),
    path("learn/", learn.learn, name="learn"),
    path("learn/<slug:course>/continue/", learn.carry_on, name="carry_on"),
    re_path(r"^as-student/(?P<token>[\w.:-]+)/(?P<rest>.*)$", looking.look, name="as_student"),
    re_path(r"^(?P<slug>safety|terms|privacy|coach)/$", pages.page, name="page"),
]
