/**
 * Nodes in memory, for the tests of an application: {@link dev.integrador.testing.Mesh}, and with JUnit
 * {@link dev.integrador.testing.Platforms}.
 */
package dev.integrador.testing;
