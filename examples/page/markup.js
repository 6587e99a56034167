// What the page consists of before anything is known.

import { $, h, icon } from "./dom.js";

const TABS = { chats: ["chats", "Chats"], rooms: ["room", "Salas"], people: ["people", "Personas"] };

const HTML = `
<div id="app" class="app" data-view="list">
  <p id="offline" class="offline" role="status" hidden>Sin conexión. Lo que escribas sale solo cuando vuelva.</p>
  <nav class="rail" aria-label="Tu sesión y las listas">
    <img class="logo" alt="">
    <div class="who"><strong id="platform"></strong><span id="me" dir="auto"></span></div>
    <span id="my-avatar"></span>
    <div id="tabs" class="tabs" role="tablist" aria-label="Qué se muestra"></div>
    <button id="logout" class="icon" data-icon="leave" aria-label="Salir de la sesión" title="Salir de la sesión"></button>
  </nav>
  <aside class="side" aria-label="Conversaciones y personas">
    <h1 id="side-title"></h1>
    <input id="search" type="search" dir="auto" placeholder="Buscar" aria-label="Buscar">
    <div id="list" class="list" role="tabpanel" tabindex="-1"></div>
    <button id="new" class="primary new" data-icon="new"><span>Nueva conversación</span></button>
  </aside>
  <main class="chat" aria-label="Conversación">
    <div id="nothing" class="empty"><img class="logo" alt=""><h2></h2><p></p></div>
    <section id="conversation" class="conversation" hidden>
      <header class="chat-head">
        <button id="back" class="icon back" data-icon="back" aria-label="Volver a la lista"></button>
        <span id="chat-avatar"></span>
        <button id="chat-info" class="chat-title" aria-haspopup="dialog" title="Ver quién participa"><strong id="chat-name" dir="auto"></strong><span id="chat-sub"></span></button>
        <button id="membership" class="quiet" hidden></button>
      </header>
      <div id="messages" class="messages" role="log" aria-label="Mensajes" aria-describedby="messages-keys" tabindex="0"><div id="all" class="all"></div></div>
      <p id="messages-keys" class="sr">Con las flechas se recorren los mensajes, con Enter se ven sus acciones.</p>
      <div class="foot">
        <button id="to-end" class="to-end" hidden>Mensajes nuevos ↓</button>
        <p id="outside" class="notice" role="status" hidden></p>
        <p id="notice" class="notice" role="status" hidden></p>
        <div id="regarding" class="regarding" hidden></div>
        <div id="attached" class="attached" hidden></div>
        <p id="over" class="error" role="status" hidden></p>
        <form id="composer" class="composer">
          <input id="file" type="file" accept="image/*,audio/*" aria-label="Archivo" hidden>
          <button id="attach" type="button" class="icon" data-icon="attach" aria-label="Adjuntar una imagen o un audio" title="Adjuntar una imagen o un audio"></button>
          <textarea id="text" rows="1" dir="auto" placeholder="Escribí un mensaje" aria-label="Mensaje" aria-describedby="over" enterkeyhint="send"></textarea>
          <button id="send" class="primary send" data-icon="send" aria-label="Enviar"></button>
        </form>
      </div>
    </section>
  </main>
</div>

<dialog id="new-dialog" aria-labelledby="new-title">
  <form id="new-form">
    <header><h2 id="new-title">Nueva conversación</h2><button type="button" class="icon" data-close data-icon="close" aria-label="Cerrar"></button></header>
    <fieldset class="choice">
      <legend class="sr">Tipo</legend>
      <label><input type="radio" name="kind" value="private" checked> Chat o grupo</label>
      <label><input type="radio" name="kind" value="public"> Sala pública</label>
    </fieldset>
    <label class="field" id="new-name-field" for="new-name">Nombre <input id="new-name" dir="auto" maxlength="80"></label>
    <input id="new-search" type="search" dir="auto" placeholder="Buscar personas" aria-label="Buscar personas">
    <div id="new-people" class="picker"></div>
    <p id="new-error" class="error" role="alert" hidden></p>
    <footer><button type="button" class="quiet" data-close>Cancelar</button><button id="new-create" class="primary">Crear</button></footer>
  </form>
</dialog>

<dialog id="info-dialog" aria-labelledby="info-title">
  <header><h2 id="info-title" dir="auto"></h2><button id="info-close" type="button" class="icon" data-close data-icon="close" aria-label="Cerrar"></button></header>
  <p id="info-about" class="hint"></p>
  <form id="info-rename" class="inline" hidden>
    <input id="info-name" dir="auto" maxlength="80" required aria-label="Nombre de la conversación">
    <button class="quiet">Renombrar</button>
  </form>
  <p id="info-error" class="error" role="alert" hidden></p>
  <div class="picker">
    <div id="info-people"></div>
    <details id="info-add" hidden>
      <summary>Agregar participantes</summary>
      <input id="info-search" type="search" dir="auto" placeholder="Buscar personas" aria-label="Buscar personas para agregar">
      <div id="info-others"></div>
    </details>
  </div>
</dialog>

<dialog id="menu" class="menu" aria-label="Acciones de este mensaje"></dialog>

<div id="toast" class="toast" role="alert" hidden></div>`;

/** Draws it into the body. */
export function draw({ icon: address, tabs, motto }) {
  const page = document.createElement("template");
  page.innerHTML = HTML;
  for (const logo of page.content.querySelectorAll(".logo")) logo.src = address;
  for (const button of page.content.querySelectorAll("[data-icon]")) button.prepend(icon(button.dataset.icon));
  const nothing = page.content.querySelector("#nothing");
  nothing.querySelector("h2").textContent = motto?.title ?? "Elegí una conversación";
  nothing.querySelector("p").textContent = motto?.text ?? "O empezá una con alguien de cualquier plataforma.";
  page.content.querySelector("#tabs").append(...tabs.map(tab));
  document.body.append(page.content);
  for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
  for (const dialog of document.querySelectorAll("dialog")) {
    // A press beside it.
    dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
  }
}

const tab = (name) => h("button", { id: `tab-${name}`, role: "tab", "aria-controls": "list" },
  icon(TABS[name][0]), h("span", {}, TABS[name][1]), h("b", { className: "count", hidden: true }));

export const titleOfTab = (name) => TABS[name][1];
export const narrow = () => !matchMedia("(min-width: 761px)").matches;
export const view = (name) => ($("app").dataset.view = name);
