package dev.integrador.spring;

import dev.integrador.Node;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The node's health, by the classes of Spring Boot 4. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(HealthIndicator.class)
@ConditionalOnProperty(name = "management.health.integrador.enabled", matchIfMissing = true)
class HealthOfBoot4 {
    @Bean
    @ConditionalOnMissingBean(name = "integradorHealthIndicator")
    HealthIndicator integradorHealthIndicator(Node node) {
        return () -> {
            NodeHealth health = NodeHealth.of(node);
            return Health.status(health.status()).withDetails(health.details()).build();
        };
    }
}
