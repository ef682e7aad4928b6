"""The colours of devices, by light and dark; they are the device's own and never follow the console's theme."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One device in one light, as #RRGGBB."""

    screen: str
    bar: str  #: app bars, wallpapers' upper half
    text: str
    sub: str
    bubble: str
    card: str
    line: str
    link: str
    chip_line: str
    field: str
    photo: str  #: the ground of a picture that is not loaded
    mark: str  #: the sender's disc


MESSAGES = {
    False: Look(
        screen="#FFFFFF",
        bar="#F3F6FC",
        text="#1B1B1F",
        sub="#5A5D67",
        bubble="#E9EEF6",
        card="#F1F4FA",
        line="#DDE2EA",
        link="#0B57D0",
        chip_line="#C4C7D0",
        field="#E9EEF6",
        photo="#DCE3EF",
        mark="#312E81",
    ),
    True: Look(
        screen="#131316",
        bar="#1B1C20",
        text="#E4E2E6",
        sub="#A9ACB6",
        bubble="#2B2D33",
        card="#232529",
        line="#383A41",
        link="#A8C7FA",
        chip_line="#44474F",
        field="#2B2D33",
        photo="#33363E",
        mark="#4F46C8",
    ),
}

WHATSAPP = {
    False: Look(
        screen="#EFEAE2",
        bar="#FFFFFF",
        text="#111B21",
        sub="#667781",
        bubble="#FFFFFF",
        card="#FFFFFF",
        line="#E9EDEF",
        link="#027EB5",
        chip_line="#D1D7DB",
        field="#FFFFFF",
        photo="#DDE3E6",
        mark="#0E7C66",
    ),
    True: Look(
        screen="#0B141A",
        bar="#111B21",
        text="#E9EDEF",
        sub="#8696A0",
        bubble="#202C33",
        card="#202C33",
        line="#2E3B43",
        link="#53BDEB",
        chip_line="#3B4A54",
        field="#202C33",
        photo="#2F3C44",
        mark="#0E9C7F",
    ),
}

#: The iPhone's notifications are frosted glass over a wallpaper: `screen` to `bar` is the wallpaper's gradient.
IOS = {
    False: Look(
        screen="#8EA7D9",
        bar="#4B5FA8",
        text="#0B0B0F",
        sub="#4A4D57",
        bubble="#F0F2F8",
        card="#F0F2F8",
        line="#D3D7E2",
        link="#0A5BD3",
        chip_line="#C7CCD8",
        field="#FFFFFF",
        photo="#D5DBE9",
        mark="#4A4FD9",
    ),
    True: Look(
        screen="#27304F",
        bar="#0D1022",
        text="#F5F5F7",
        sub="#B4B7C3",
        bubble="#33374A",
        card="#33374A",
        line="#474C62",
        link="#7CB2FF",
        chip_line="#50556B",
        field="#3B4056",
        photo="#474C62",
        mark="#6267F0",
    ),
}

ANDROID = {
    False: Look(
        screen="#B8C7E8",
        bar="#7B8FC4",
        text="#1B1B1F",
        sub="#5A5D67",
        bubble="#FAFAFD",
        card="#FAFAFD",
        line="#DDE2EA",
        link="#0B57D0",
        chip_line="#C4C7D0",
        field="#EEF1F8",
        photo="#DCE3EF",
        mark="#312E81",
    ),
    True: Look(
        screen="#232A3F",
        bar="#10131F",
        text="#E4E2E6",
        sub="#B3B5BF",
        bubble="#2B2D33",
        card="#2B2D33",
        line="#3C3F47",
        link="#A8C7FA",
        chip_line="#4A4D56",
        field="#383A42",
        photo="#3C3F48",
        mark="#5B57D8",
    ),
}

DESKTOP = {
    False: Look(
        screen="#C9D3E6",
        bar="#9FB0D0",
        text="#1A1C20",
        sub="#5B5F69",
        bubble="#FFFFFF",
        card="#F7F8FA",
        line="#DDE1E8",
        link="#1A56C4",
        chip_line="#C8CDD6",
        field="#ECEFF4",
        photo="#DBE2EC",
        mark="#4A4FD9",
    ),
    True: Look(
        screen="#2A3143",
        bar="#171B27",
        text="#F0F1F4",
        sub="#B0B4BF",
        bubble="#2A2C31",
        card="#32343A",
        line="#43464E",
        link="#8DB7FF",
        chip_line="#4C5058",
        field="#3A3D44",
        photo="#42464F",
        mark="#6F74F2",
    ),
}
