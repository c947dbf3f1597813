// Une page que plus rien n'anime (atelier fermé, ou endormi après une heure sans elle) le dit, au lieu de rester muette.
(() => {
  async function verifier() {
    if (document.visibilityState !== "visible") return;
    const { baseUrl, kernelId } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const reponse = await fetch(`${baseUrl}api/kernels/${kernelId}`, { cache: "no-store" }).catch(() => null);
    const dite = document.getElementById("pixkit-veille");
    if (reponse?.ok) return dite?.remove();
    if (dite) return;
    const phrase = document.createElement("p");
    phrase.id = "pixkit-veille";
    phrase.setAttribute("role", "alert");
    phrase.textContent = reponse
      ? "Cette page s'est endormie : rechargez-la. Vos décisions sont enregistrées."
      : "L'atelier est fermé : relancez-le. Vos décisions sont enregistrées.";
    document.body.prepend(phrase);
  }
  setInterval(verifier, 20000);
  document.addEventListener("visibilitychange", verifier);
  document.addEventListener("change", () => setTimeout(verifier, 1500), true);
})();
