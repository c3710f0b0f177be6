"""Keys for the text editor as somebody presses them: one after the other was seen."""

# The browser tells of a new place of the caret before it paints the next frame.
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def press(page, key, times=1):
    """Presses a key, and waits each time until the editor has heard where the caret is.

    Two keys in the same millisecond, which no hand sends, act on the caret's old place.
    """
    for _ in range(times):
        page.evaluate(PAINTED)
        page.keyboard.press(key)
        page.evaluate(PAINTED)
