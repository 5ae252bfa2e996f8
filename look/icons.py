"""Icons: a 24 box, a 2 px round line, the current color. Always beside a word."""

ICONS: dict[str, str] = {
    "tip": "M3 16c4 3 8 2 10-2s-1-9-5-8-4 7 0 9 9 1 13-2",
    "caution": "M12 3.5L21.5 20h-19zM12 9.5v5M12 17.2v.3",
    "doctor": "M8.2 2.5h7.6l5.7 5.7v7.6l-5.7 5.7H8.2l-5.7-5.7V8.2zM12 7.5v9M7.5 12h9",
    "next": "M4 12h15M13 6l6 6-6 6",
    "back": "M20 12H5M11 6l-6 6 6 6",
    "done": "M2.5 13c3-5 6-5 8-1s4 4 5 1 3-6 6.5-7",
    "clock": "M12 3a9 9 0 1 0 .01 0zM12 7.5v5l3.5 2",
    "download": "M12 3.5v12M7 11l5 5 5-5M4 20.5h16",
    "print": "M7 9V3.5h10V9M7 17H3.5V9h17v8H17M7 14h10v6.5H7z",
    "list": "M8 6h13M8 12h13M8 18h13M3.5 6h.01M3.5 12h.01M3.5 18h.01",
    "error": "M12 3a9 9 0 1 0 .01 0zM12 7.5v6M12 16.6v.3",
    "lock": "M6 10.5h12v10H6zM8.5 10.5V7.5a3.5 3.5 0 0 1 7 0v3",
    "plus": "M12 4v16M4 12h16",
    "eye": "M2 12c3-5 6.5-7 10-7s7 2 10 7c-3 5-6.5 7-10 7s-7-2-10-7zM12 9a3 3 0 1 0 .01 0z",
    "play": "M7 4.5v15l12.5-7.5z",
    "mail": "M3 5.5h18v13H3zM3.5 6l8.5 7 8.5-7",
    "undo": "M8 5L3.5 9.5L8 14M4 9.5h9.5a5.5 5.5 0 0 1 0 11H9",
    "pen": "M4 20l1-4.5L16.5 4l3.5 3.5L8.5 19zM14 6.5l3.5 3.5",
}
