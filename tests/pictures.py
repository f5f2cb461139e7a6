"""Named places, and photos taken there. Without Django: the drills use them, too."""

from io import BytesIO

from PIL import ExifTags, Image
from pillow_heif import register_heif_opener

register_heif_opener()  # the tests write HEIC

# Named places, longitude first.
LUXUN_PARK = (123.410, 41.810)
TAIYUAN_STREET = (123.430, 41.810)
DADONG_GATE = (123.460, 41.810)
BEIJING = (116.397, 39.908)


def photo(place: tuple[float, float] | None = None, *, side: int = 64) -> bytes:
    """A JPEG; with a place, as its GPS position in the EXIF."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "PhoneMaker"
    if place is not None:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", sexagesimal(place[1])
        gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = (
            "E",
            sexagesimal(place[0]),
        )
    file = BytesIO()
    Image.effect_noise((side, side), 60).convert("RGB").save(file, "JPEG", exif=exif)
    return file.getvalue()


def sexagesimal(degrees: float) -> tuple[float, float, float]:
    minutes = degrees % 1 * 60
    return float(int(degrees)), float(int(minutes)), round(minutes % 1 * 60, 4)
