package dev.integrador.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * For JUnit 5 and newer: gives a test a {@link Mesh} of platforms of these names, which is closed after it.
 *
 * <pre>{@code void aMessageIsShown(@Platforms({"BuasApp", "GWT_CHAT"}) Mesh net) { … }}</pre>
 */
@Documented
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(MeshExtension.class)
public @interface Platforms {
    /**
     * The platforms.
     *
     * @return their names
     */
    String[] value();
}
