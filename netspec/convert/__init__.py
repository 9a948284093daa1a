"""From one way of writing a net to another: any spec as plain prototxt, prototxt as short `.net`.

From text to text. What layers mean is not touched, and comments go along with what they stand at.
"""

from netspec.convert.spec import convert as convert
