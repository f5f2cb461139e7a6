// The list goes by name; here the device says where it is, no finer than the map tells it.
const button = document.getElementById("near-me");
if ("geolocation" in navigator && window.isSecureContext) {
  button.hidden = false;
  button.addEventListener("click", () => navigator.geolocation.getCurrentPosition(({ coords }) => {
    const asked = new URLSearchParams({ lat: coords.latitude.toFixed(3), lon: coords.longitude.toFixed(3) });
    location.assign(`${button.dataset.map}?${asked}`);
  }));
}
