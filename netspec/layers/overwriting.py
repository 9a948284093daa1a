"""What becomes of a layer that overwrites a bottom which it still reads: Caffe keeps one blob for both.

Caffe lets nearly every layer work in place (Net::AppendTop, net.cpp) and leaves it to the spec to do so only where each
number is read before it is written. The words here say what the other layers do, as read in their Forward_cpu.
"""

PRODUCT = (
    "its matrix product writes over numbers that it has still to read, and what comes of it depends on the BLAS library"
)
SCATTERED = "it writes over numbers that it has still to read"
GRADIENTS = "the numbers come out right on a CPU, but gradients are taken of what has been overwritten"
SHRUNK = "the blob has the shape of the result, a loss or a score, before its numbers are read"
