import base64

from look.templatetags.look import as_drawing, sentences


def test_a_headline_breaks_at_its_sentences() -> None:
    text = "That spot beside your shoulder blade. Let’s loosen it, gently."
    assert sentences(text) == ["That spot beside your shoulder blade.", "Let’s loosen it, gently."]


def test_a_headline_of_one_sentence_stays_whole() -> None:
    assert sentences("Less to grumble about") == ["Less to grumble about"]


def test_a_drawing_in_an_address_stands_in_the_page() -> None:
    svg = "<?xml version='1.0'?>\n<svg><path/></svg>"
    address = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
    assert as_drawing(address) == "<svg><path/></svg>"
