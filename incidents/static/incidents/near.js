// The list of what is near works by name without this; here the device says where it is.
const button = document.getElementById("near-me");
if ("geolocation" in navigator) {
  button.hidden = false;
  button.addEventListener("click", () => navigator.geolocation.getCurrentPosition(({ coords }) => {
    location.search = new URLSearchParams({ lat: coords.latitude.toFixed(5), lon: coords.longitude.toFixed(5) });
  }));
}
