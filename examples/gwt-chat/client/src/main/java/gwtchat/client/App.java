package gwtchat.client;

import com.google.gwt.core.client.EntryPoint;
import elemental2.dom.DomGlobal;

public final class App implements EntryPoint {
  @Override
  public void onModuleLoad() {
    DomGlobal.console.log("hola");
  }
}
