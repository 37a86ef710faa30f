"""A screenshot of a spreadsheet as another program shows it, with a mark of what the spreadsheet held."""

import hashlib
import io
import json
import subprocess
from pathlib import Path

import openpyxl
from PIL import Image, ImageChops, PngImagePlugin

PROGRAMS = ("libreoffice", "pdftoppm")  # Debian: libreoffice-calc, poppler-utils, fonts-noto-cjk
WIDTH, HEIGHT = 1500, 560  # pixels at most
_MARK = "cells"
_EDGE = 12


def mark_of(content: bytes) -> str:
    """Return a digest of all that a spreadsheet shows: names, values, formats, widths and what is frozen."""
    shown = [
        [
            sheet.title,
            sheet.freeze_panes,
            sheet.auto_filter.ref,
            {letter: column.width for letter, column in sorted(sheet.column_dimensions.items())},
            [[(str(cell.value), cell.number_format, cell.fill.fgColor.rgb) for cell in row] for row in sheet.rows],
        ]
        for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets
    ]
    return hashlib.sha256(json.dumps(shown, default=str).encode()).hexdigest()


def mark_in(picture: Path) -> str:
    """Return the digest that a screenshot carries."""
    with Image.open(picture) as image:
        return str(image.info[_MARK])


def screenshots(content: bytes, folder: Path) -> list[bytes]:
    """Return the first printed page of each sheet as PNG: many pages of days, one of the calendar, one of totals.

    Raises FileNotFoundError without the programs.
    """
    book = folder / "book.xlsx"
    book.write_bytes(content)
    convert = [PROGRAMS[0], "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(book)]
    subprocess.run(convert, check=True, capture_output=True, timeout=300)
    draw = [PROGRAMS[1], "-r", "150", "-png", str(folder / "book.pdf"), str(folder / "page")]
    subprocess.run(draw, check=True, capture_output=True, timeout=300)
    pages = sorted(folder.glob("page*.png"))
    return [_trimmed(page, mark_of(content)) for page in (pages[0], *pages[-2:])]


def _trimmed(page: Path, mark: str) -> bytes:
    """Return the upper part of a page without the paper around what is printed, in few colours."""
    with Image.open(page) as image:
        shown = image.convert("RGB")
    box = ImageChops.difference(shown, Image.new("RGB", shown.size, "white")).getbbox()
    if box is not None:
        left, top, right, bottom = box
        shown = shown.crop((left - _EDGE, top - _EDGE, right + _EDGE, bottom + _EDGE))
    if shown.width > WIDTH:
        shown = shown.resize((WIDTH, shown.height * WIDTH // shown.width), Image.Resampling.LANCZOS)
    shown = shown.crop((0, 0, shown.width, min(shown.height, HEIGHT)))
    info = PngImagePlugin.PngInfo()
    info.add_text(_MARK, mark)
    target = io.BytesIO()
    shown.quantize(96, dither=Image.Dither.NONE).save(target, "PNG", optimize=True, pnginfo=info)
    return target.getvalue()
