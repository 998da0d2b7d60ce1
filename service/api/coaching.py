"""All routers of coaching, for the application to include."""

from service.api import check_ins, course_texts, courses, hints, reviews, score_reviews, skills, timelines

ROUTERS = (
    skills.router,
    score_reviews.router,
    courses.router,
    course_texts.router,
    hints.router,
    check_ins.router,
    reviews.router,
    timelines.router,
)
