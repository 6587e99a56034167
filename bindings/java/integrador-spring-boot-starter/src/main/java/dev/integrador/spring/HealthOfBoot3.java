package dev.integrador.spring;

import dev.integrador.Node;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The node's health, by the classes of Spring Boot 3.5. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(HealthIndicator.class)
@ConditionalOnProperty(name = "management.health.integrador.enabled", matchIfMissing = true)
class HealthOfBoot3 {
    @Bean
    @ConditionalOnMissingBean(name = "integradorHealthIndicator")
    HealthIndicator integradorHealthIndicator(Node node) {
        return () -> {
            NodeHealth health = NodeHealth.of(node);
            return Health.status(health.status()).withDetails(health.details()).build();
        };
    }
}
