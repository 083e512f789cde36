// A slider moves the border between the photograph and its edges. Without this script the border
// stays in the middle, and there is no slider.
const picture = document.querySelector(".hero__picture")
const slider = picture.querySelector("input")
slider.hidden = false
slider.addEventListener("input", () => {
  picture.style.setProperty("--edges", slider.value / 100)
})
