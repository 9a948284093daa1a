"""From one way of writing a net to another: any spec as plain prototxt, and prototxt as short `.net`. Text to text: what
layers mean is not touched, and comments go along with what they stand at."""
