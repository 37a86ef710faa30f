// What the bot uploaded, as it shows in the chat.

import { plain } from "./markdown.js";
import { node } from "./panels.js";

// A picture opens in full size; a file is offered for download.
export function shown(medium, loaded) {
  const link = node("a", medium.kind === "image" ? "picture" : "file");
  link.href = medium.url;
  if (medium.kind === "image") {
    const picture = node("img");
    picture.src = medium.url;
    picture.alt = `Picture from the bot: ${medium.name}`;
    picture.addEventListener("load", loaded);
    picture.addEventListener("error", () => forget(link, medium));
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.append(picture);
  } else {
    link.download = medium.name;
    link.setAttribute("aria-label", `Download ${medium.name}`);
    link.append(plain("strong", medium.name), plain("span", sizeOf(medium.bytes), "quiet small"));
    fetch(medium.url, { method: "HEAD" }).then((answer) => answer.status === 404 && forget(link, medium), () => {});
  }
  return link;
}

function forget(link, medium) {
  link.removeAttribute("href");
  link.removeAttribute("aria-label");
  link.replaceChildren(`${medium.name} (not kept over a restart)`);
}

const sizeOf = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
