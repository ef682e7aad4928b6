"""Count segments as the network does; written apart from the server's own meter, which it is there to judge."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")


def count(text: str) -> tuple[str, int]:
    """The encoding, `GSM-7` or `UCS-2`, and how many segments are sent and charged."""
    if BASIC.issuperset(text):
        return "GSM-7", _filled([1] * len(text), 160, 153)
    if all(char in BASIC or char in EXTENDED for char in text):
        return "GSM-7", _filled([2 if char in EXTENDED else 1 for char in text], 160, 153)
    units = [len(char.encode("utf-16-be", "surrogatepass")) // 2 for char in text]
    return "UCS-2", _filled(units, 70, 67)


def _filled(sizes: list[int], single: int, part: int) -> int:
    if sum(sizes) <= single:
        return 1
    segments, free = 1, part
    for size in sizes:
        if size > free:
            segments, free = segments + 1, part
        free -= size
    return segments
