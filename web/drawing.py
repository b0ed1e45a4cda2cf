"""What is drawn: the picture that an app for codes reads, as SVG within the page's policy."""

import io

import segno


def code_picture(address: str) -> str:
    """The picture of an address (otpauth://…), of which every sign is ours: black on white, as apps read it."""
    drawn = io.BytesIO()
    segno.make(address, micro=False).save(
        drawn, kind="svg", xmldecl=False, svgclass="qr", lineclass=None, omitsize=True, dark="#000", light="#fff"
    )
    return drawn.getvalue().decode()
