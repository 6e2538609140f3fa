"""Which maker an upload goes to."""

from __future__ import annotations

from lapwing.adapters.media.animations import make_animation
from lapwing.adapters.media.messages import Done, Job
from lapwing.adapters.media.pictures import make_picture
from lapwing.adapters.media.recordings import make_recording
from lapwing.microblog.media.processing import Purpose


def make(job: Job) -> Done:
    """Writes an upload's files into the job's folder; `Refusal`, or whatever the decoder raises."""
    if not job.file_type.is_picture:
        return make_recording(job)
    if job.file_type.moves and job.purpose is Purpose.ATTACHMENT:
        return make_animation(job)
    return make_picture(job)
