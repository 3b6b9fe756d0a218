"""Saving of animations: always as GIF, as MP4 too where the figure has one (ffmpeg was found)."""

import subprocess

import numpy as np
from PIL import Image

from regimes.files import store
from regimes.pictures.style import FIGURE

FRAME_MS, REST_MS = 100, 2000
FFMPEG = ["ffmpeg", "-loglevel", "error", "-y"]
TO_MP4 = ["-fflags", "+bitexact", "-pix_fmt", "yuv420p", "-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2"]
TO_MP4 += ["-threads", "1"]  # the same bytes however many cores there are


def evenly(n, frames=60):
    """Indices of at most `frames` of n records, evenly spread, the first and the last included."""
    return np.unique(np.linspace(0, n - 1, frames).round().astype(int))


def save_animation(figure, update, n, job, numbers):
    """Draw n frames, rest on the last one, and write the film and its numbers.

    Args:
        figure: matplotlib figure. update: function of the frame 0, 1, ..., that redraws it.
        n: number of frames. job: Snakemake's job, with outputs gif, h5 and perhaps mp4.
        numbers: {panel: {name: plotted(...)}}.
    """
    first, *others = [_drawn(figure, update, frame) for frame in range(n)]
    duration = [FRAME_MS] * (n - 1) + [REST_MS]
    first.save(job.output.gif, save_all=True, append_images=others, duration=duration, loop=0)
    films = [job.output.gif]
    if path := getattr(job.output, "mp4", None):
        subprocess.run([*FFMPEG, "-i", job.output.gif, *TO_MP4, path], check=True)
        films.append(path)
    store.write(job.output.h5, FIGURE, numbers.items(), job.params.settings, job.params.code, films)


def _drawn(figure, update, frame):
    update(frame)
    figure.canvas.draw()
    figure.set_layout_engine("none")  # only the first frame is laid out, or the panels would jump
    return Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB").quantize(64)
