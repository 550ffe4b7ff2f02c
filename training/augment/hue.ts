/**
 * Turns the hue of RGB pixels by a part of the circle, through hue, saturation and value as torchvision's adjust_hue does
 * (transforms/functional_tensor.py, 0.14). Without intermediate arrays: hue is kept in sixths.
 */
export function rotateHue(pixels: Float32Array, by: number): void {
  const turn = by * 6;
  for (let i = 0, n = pixels.length; i < n; i += 3) {
    const [r, g, b] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
    const high = r > g ? (r > b ? r : b) : g > b ? g : b;
    const low = r < g ? (r < b ? r : b) : g < b ? g : b;
    const spread = high - low;
    if (spread === 0) continue;
    let hue = high === r ? (g - b) / spread : high === g ? 2 + (b - r) / spread : 4 + (r - g) / spread;
    hue += turn;
    hue -= 6 * Math.floor(hue / 6);
    const sixth = Math.floor(hue);
    const part = hue - sixth;
    const falling = high - spread * part;
    const rising = low + spread * part;
    switch (sixth) {
      case 1:
        set(pixels, i, falling, high, low);
        break;
      case 2:
        set(pixels, i, low, high, rising);
        break;
      case 3:
        set(pixels, i, low, falling, high);
        break;
      case 4:
        set(pixels, i, rising, low, high);
        break;
      case 5:
        set(pixels, i, high, low, falling);
        break;
      default: // 0, and 6 where a rounding closed the circle
        set(pixels, i, high, rising, low);
    }
  }
}

function set(pixels: Float32Array, i: number, r: number, g: number, b: number): void {
  pixels[i] = r;
  pixels[i + 1] = g;
  pixels[i + 2] = b;
}
