"""Makes the fallback fonts of this folder out of what others publish; see ../README.md.

    python3 subset.py NOTO_CJK NOTO_CORE NOTO_EMOJI

The first two are folders with the unpacked Debian packages fonts-noto-cjk and fonts-noto-core
(with fonts-noto-ui-core beside it), the third one with the unpacked @fontsource/noto-emoji.
Needs fontTools and brotli. Outlines stay as they are; glyphs, hints and features nobody reaches
go, and the height of a line is made that of Atkinson Hyperlegible Next, so that a Chinese name in
a Spanish sentence does not push the line below it away.
"""

import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

HERE = pathlib.Path(__file__).parent
SIMPLIFIED_CHINESE = "Noto Sans CJK SC"
# Characters of given names that are in none of the national sets below.
NAMES = (
    "喆堃昇玥珺瑄祎彧翀晞曈暄甯玟玙玚珏琤琬瑀瑢瑾璟璠皓睿祺稘筠翊翎芃苡荻萱蓁蘅谞赟鑫钰铄镕霈韫"
    "颉飏骁鸢燊犇淼焱垚妤妍婳嫣昕昱晗晟晔曌桉梓榕榆樾沄沅沐泠洺浠涵淇渼溪漪潆濛烨煊煜熠牧犀珂珈"
    "珩珞琀琛琦琮"
)
# The same line height with more of it above: capitals carry two marks in Vietnamese.
VIETNAMESE = (1.05, -0.25)
# Latin, Greek, Cyrillic, Hebrew, combining marks, punctuation, currency.
ALPHABETS = [
    *range(0x20, 0x7F), *range(0xA0, 0x250), *range(0x2B0, 0x530), *range(0x1E00, 0x1F00),
    *range(0x2010, 0x2060), *range(0x20A0, 0x20C1), 0x2116, 0x2122, 0x2212, 0xFFFD,
]


def of_codec(codec, lead, trail):
    """Every character of a two-byte national set."""
    found = set()
    for first in lead:
        for second in trail:
            try:
                found |= set(bytes([first, second]).decode(codec))
            except UnicodeDecodeError:
                pass
    return found


def chinese():
    """GB 2312 whole, and what neighbours write most: Big5 level 1, JIS level 1 and kana, KS X 1001."""
    high = range(0xA1, 0xFF)
    taiwan = [*range(0x40, 0x7F), *high]
    wanted = of_codec("gb2312", range(0xA1, 0xF8), high)
    wanted |= of_codec("big5", range(0xA4, 0xC7), taiwan)
    wanted |= of_codec("euc_jp", [*range(0xA1, 0xAA), *range(0xB0, 0xD0)], high)
    wanted |= of_codec("euc_kr", [*range(0xA1, 0xAD), *range(0xB0, 0xC9)], high)
    # Latin, Greek and Cyrillic are drawn by the fonts before this one.
    return {ord(c) for c in wanted | set(NAMES) if ord(c) >= 0x2000}


def cut(font, unicodes, features, name, line=None):
    """Writes `font` with these characters alone."""
    options = subset.Options(hinting=False, layout_features=features, notdef_outline=True)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=unicodes)
    cutter.subset(font)
    if line is not None:
        ascent, descent = (round(part * font["head"].unitsPerEm) for part in line)
        font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap = ascent, descent, 0
        os2 = font["OS/2"]
        os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = ascent, descent, 0
        os2.usWinAscent, os2.usWinDescent = ascent, -descent
    font.save(HERE / name)
    print(name, (HERE / name).stat().st_size, "bytes,", len(font.getBestCmap()), "characters")


def without_marks(name):
    """Takes the combining marks from a face that cannot place them, so that a letter with two
    marks comes whole from the face that has it."""
    font = TTFont(HERE / name, recalcTimestamp=False)
    for table in font["cmap"].tables:
        for mark in range(0x300, 0x370):
            table.cmap.pop(mark, None)
    font.save(HERE / name)


def main(cjk, core, emoji):
    for weight in ("Regular", "Bold"):
        without_marks(f"AtkinsonHyperlegibleNext-{weight}.ttf")
    ours = TTFont(HERE / "AtkinsonHyperlegibleNext-Regular.ttf")
    em = ours["head"].unitsPerEm
    line = (ours["hhea"].ascent / em, ours["hhea"].descent / em)
    for weight in ("Regular", "Bold"):
        path = next(pathlib.Path(cjk).rglob(f"NotoSansCJK-{weight}.ttc"))
        font = next(
            font for font in TTCollection(path, recalcTimestamp=False).fonts
            if font["name"].getDebugName(1).startswith(SIMPLIFIED_CHINESE)
        )
        cut(font, chinese(), [], f"NotoSansCJKsc-{weight}.otf", line)
        for family, unicodes in (
            ("NotoSans", ALPHABETS),
            ("NotoSansHebrew", [*range(0x590, 0x600), *range(0xFB1D, 0xFB50)]),
            ("NotoNaskhArabicUI", [*range(0x600, 0x700), *range(0x750, 0x780), *range(0x200C, 0x2010)]),
        ):
            path = next(pathlib.Path(core).rglob(f"{family}-{weight}.ttf"))
            height = VIETNAMESE if family == "NotoSans" else line
            cut(TTFont(path, recalcTimestamp=False), unicodes, ["*"], f"{family}-{weight}.ttf", height)
    path = next(pathlib.Path(emoji).rglob("noto-emoji-emoji-400-normal.woff2"))
    font = TTFont(path, recalcTimestamp=False)
    font.flavor = None
    cut(font, list(font.getBestCmap()), ["*"], "NotoEmoji-Regular.ttf", line)


if __name__ == "__main__":
    main(*sys.argv[1:])
