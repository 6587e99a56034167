/** Not for applications. */
package dev.integrador.servlet.internal;
