// Une page que plus rien n'anime (atelier fermé, noyau tombé ou endormi) le dit en moins de cinq secondes ; quand il le
// peut, elle se recharge là où elle en était. Ce qui a été décidé est déjà écrit dans le dossier.
(() => {
  const REPRISE = "pixkit-reprise"; // l'instant du dernier rechargement : une page qui tombe aussitôt ne tourne pas en rond

  function dire(texte) {
    if (document.getElementById("pixkit-veille")?.textContent === texte) return;
    taire();
    const phrase = document.createElement("p");
    phrase.id = "pixkit-veille";
    phrase.setAttribute("role", "alert");
    phrase.textContent = texte;
    document.body.prepend(phrase);
  }
  const taire = () => document.getElementById("pixkit-veille")?.remove();

  function reprendre(quoi) {
    const encore = Date.now() - (sessionStorage.getItem(REPRISE) ?? 0) < 30000;
    if (encore) return dire(`${quoi} : rechargez-la. Vos décisions sont enregistrées.`);
    dire(`${quoi} : elle se recharge. Vos décisions sont enregistrées.`);
    sessionStorage.setItem(REPRISE, Date.now());
    setTimeout(() => location.reload(), 2000);
    verifier = () => {};
  }

  let verifier = async () => {
    if (document.visibilityState !== "visible") return;
    const page = document.getElementById("jupyter-config-data");
    if (!page) return; // elle s'ouvre
    const { baseUrl, kernelId } = JSON.parse(page.textContent);
    const reponse = await fetch(`${baseUrl}api/kernels/${kernelId}`, { cache: "no-store" }).catch(() => null);
    const etat = reponse?.ok && (await reponse.json()).execution_state;
    if (!reponse) dire("L'atelier est fermé : relancez-le. Vos décisions sont enregistrées.");
    else if (reponse.status === 404) reprendre("Cette page s'est endormie");
    else if (etat === "dead") reprendre("Le calcul de cette page s'est arrêté");
    else if (reponse.ok) taire();
    else dire("L'atelier a été relancé : ouvrez sa nouvelle page. Vos décisions sont enregistrées.");
  };

  // Le serveur redémarre seul un noyau tombé, vide, sous le même nom : seule la liaison le dit.
  const Liaison = window.WebSocket;
  window.WebSocket = class extends Liaison {
    constructor(...adresse) {
      super(...adresse);
      this.addEventListener("message", ({ data }) => {
        if ((data.byteLength ?? data.length) > 4000) return; // un état est court
        const texte = typeof data === "string" ? data : new TextDecoder().decode(data);
        if (/"execution_state": ?"(restarting|dead)"/.test(texte)) reprendre("Le calcul de cette page s'est arrêté");
      });
      this.addEventListener("close", () => setTimeout(() => verifier(), 500));
    }
  };

  // Une page quittée demande la fin de son noyau sans le jeton qu'il y faut : le serveur refuserait, et s'en plaindrait en
  // anglais dans le terminal. Il l'endort de lui-même (ouverture.py).
  const envoyer = navigator.sendBeacon.bind(navigator);
  navigator.sendBeacon = (adresse, corps) => /api\/shutdown/.test(adresse) || envoyer(adresse, corps);
  setInterval(() => verifier(), 2000);
  document.addEventListener("visibilitychange", () => verifier());
})();
